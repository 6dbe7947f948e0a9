import { contract } from '../contract/index.ts';
import { realKernel } from './bed.ts';

contract(realKernel);
