// What a fragment of a guide may use without declaring it; see docs/README.md.

/** An open IPVS. */
declare const ipvs: import('../../../src/ipvs/index.ts').Ipvs;
/** The kernel that `ipvs` speaks to. */
declare const kernel: import('../../../src/testing/index.ts').FakeKernel;
/** A service that is there, with two destinations: 10.0.0.5:8080 and 10.0.0.6:8080. */
declare const web: { readonly protocol: 'tcp'; readonly address: '192.0.2.10'; readonly port: 80 };
