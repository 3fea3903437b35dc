import { partOf } from '../../contract/contractFixture';
import { matrixOf } from './table';

matrixOf(partOf(0, 4));
