import { openAiCompatible } from '../../nodes/FluxKontext/providers/openAiCompatible';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [openAiCompatible]);
recordContractOf(harness, [openAiCompatible]);
