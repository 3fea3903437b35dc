import { blackForestLabs } from '../../nodes/FluxKontext/providers/blackForestLabs';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [blackForestLabs]);
recordContractOf(harness, [blackForestLabs]);
