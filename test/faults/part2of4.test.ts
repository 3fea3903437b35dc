import { partOf } from '../contract/rig';
import { matrixOf } from './table';

matrixOf(partOf(1, 4));
