import { partOf } from '../../contract/contractFixture';
import { matrixOf } from './table';

matrixOf(partOf(1, 4));
