import { print } from './figures.ts';
import { roundtrip } from './roundtrip.ts';

print("One request and its reply, this machine's kernel (nlctrl GETFAMILY)", await roundtrip());
