import { fal } from '../../nodes/FluxKontext/providers/fal';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [fal]);
recordContractOf(harness, [fal]);
