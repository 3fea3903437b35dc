import { theRouter } from '../../nodes/FluxKontext/providers/theRouter';
import type { Provider } from '../../index';

/** A provider that nobody has: another name for a protocol that the emulator speaks. */
export const madeUp: Provider = { ...theRouter, id: 'madeUp', displayName: 'Made Up' };
