// Requires each module of the package.
const { strict: assert } = require('node:assert');

const modules = process.argv.slice(2);
for (const module of modules) assert(Object.keys(require(module)).length > 0, module);
console.log(`${modules.length} modules`);
