import { aiGenerate } from '../../nodes/FluxKontext/providers/aiGenerate';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [aiGenerate]);
recordContractOf(harness, [aiGenerate]);
