import { contractOf } from './suite';
import { partOf, useRig } from './rig';

contractOf(useRig(), partOf(0, 4));
