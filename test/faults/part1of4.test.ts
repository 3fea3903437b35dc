import { partOf } from '../contract/rig';
import { matrixOf } from './table';

matrixOf(partOf(0, 4));
