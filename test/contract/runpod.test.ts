import { runpod } from '../../nodes/FluxKontext/providers/runpod';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [runpod]);
recordContractOf(harness, [runpod]);
