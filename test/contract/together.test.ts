import { together } from '../../nodes/FluxKontext/providers/together';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [together]);
recordContractOf(harness, [together]);
