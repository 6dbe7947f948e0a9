// CommonJS: Node 20.19 and later require ES modules. There is no top-level await, so the work is in a function.
//
// Run: node commonjs.cjs
//
// Prints:
//   [ 'tcp 192.0.2.10:80' ]
const { describeService, Ipvs } = require('ipvs');
const { FakeKernel } = require('ipvs/testing');

async function main() {
  const ipvs = await Ipvs.open({ kernel: new FakeKernel() });
  await ipvs.addService({ protocol: 'tcp', address: '192.0.2.10', port: 80 });
  console.log((await ipvs.services()).map(describeService));
  await ipvs.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
