import { sdServer } from '../../nodes/FluxKontext/providers/sdServer';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [sdServer]);
recordContractOf(harness, [sdServer]);
