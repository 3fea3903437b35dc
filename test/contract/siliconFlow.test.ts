import { siliconFlow } from '../../nodes/FluxKontext/providers/siliconFlow';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [siliconFlow]);
recordContractOf(harness, [siliconFlow]);
