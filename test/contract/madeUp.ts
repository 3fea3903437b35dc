import type { Provider } from '../../index';
import { theRouter } from '../../nodes/FluxKontext/providers/theRouter';

/** Provider that is not in the registry: the protocol of TheRouter under another name. */
export const madeUp: Provider = { ...theRouter, id: 'madeUp', displayName: 'Made Up' };
