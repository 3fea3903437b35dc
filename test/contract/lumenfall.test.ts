import { lumenfall } from '../../nodes/FluxKontext/providers/lumenfall';
import { useContractFixture } from './contractFixture';
import { recordContractOf } from './records';
import { contractOf } from './suite';

const harness = useContractFixture();
contractOf(harness, [lumenfall]);
recordContractOf(harness, [lumenfall]);
