import { madeUp } from '../../nodes/FluxKontext/providers/madeUp';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [madeUp]);
recordContractOf(harness, [madeUp]);
