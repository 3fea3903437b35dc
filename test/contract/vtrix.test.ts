import { vtrix } from '../../nodes/FluxKontext/providers/vtrix';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [vtrix]);
recordContractOf(harness, [vtrix]);
