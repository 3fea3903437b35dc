import { recordContractOf } from './records';
import { contractOf } from './suite';
import { partOf, useRig } from './rig';

const rig = useRig();
const part = partOf(1, 4);
contractOf(rig, part);
recordContractOf(rig, part);
