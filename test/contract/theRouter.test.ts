import { theRouter } from '../../nodes/FluxKontext/providers/theRouter';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [theRouter]);
recordContractOf(harness, [theRouter]);
