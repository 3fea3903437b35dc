import { partOf } from '../contract/rig';
import { matrixOf } from './table';

matrixOf(partOf(2, 4));
