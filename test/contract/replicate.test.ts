import { replicate } from '../../nodes/FluxKontext/providers/replicate';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [replicate]);
recordContractOf(harness, [replicate]);
