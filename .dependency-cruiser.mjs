/**
 * The staircase of src/: each floor may import only the floors named beside it. A rule that nobody needs any more is to
 * be deleted, a new one to be argued for in docs/architecture.md.
 */
const floors = {
  errors: [],
  linux: ['errors'],
  netlink: ['linux', 'errors'],
  rtnetlink: ['netlink', 'linux', 'errors'],
  conntrack: ['netlink', 'linux', 'errors'],
  ipvs: ['netlink', 'linux', 'errors'],
  rules: ['ipvs', 'linux', 'errors'],
  health: ['ipvs', 'linux', 'errors'],
  metrics: ['ipvs', 'errors'],
  reconcile: ['ipvs', 'linux', 'errors'],
  config: ['rules', 'reconcile', 'health', 'ipvs', 'errors'],
  testing: [
    'ipvs/wire',
    'ipvs/model',
    'rtnetlink/wire',
    'conntrack/wire',
    'conntrack/model',
    'netlink',
    'linux',
    'errors',
  ],
};

/** Within a floor: what each room may import of its own floor, beside itself. */
const rooms = {
  netlink: {
    codec: [],
    socket: ['codec'],
    generic: ['socket', 'codec'],
    transport: ['socket', 'codec'],
    raw: ['socket', 'codec', 'generic'],
  },
  rtnetlink: {
    wire: [],
    model: ['wire'],
    errors: ['model', 'wire'],
  },
  conntrack: {
    wire: [],
    model: ['wire'],
  },
  ipvs: {
    wire: [],
    model: ['wire'],
    errors: ['model', 'wire'],
    observe: ['model', 'wire'],
    client: ['observe', 'errors', 'model', 'wire'],
  },
  testing: {
    netlink: [],
    sysctl: ['netlink'],
    servers: [],
    connections: ['servers'],
    schedulers: ['servers'],
    state: ['connections', 'schedulers', 'servers', 'sysctl', 'netlink'],
    packets: ['state', 'connections', 'servers'],
    proc: ['state', 'connections', 'servers', 'sysctl', 'netlink'],
    ipvs: ['state', 'connections', 'servers', 'netlink'],
    route: ['state', 'servers', 'netlink'],
    netfilter: ['state', 'servers', 'netlink'],
  },
};

const within = (folders) => `^src/(${folders.join('|')})/`;

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Files that import each other in a circle cannot be understood one at a time.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    ...Object.entries(floors).map(([floor, below]) => ({
      name: `${floor}-imports-only-downwards`,
      severity: 'error',
      from: { path: `^src/${floor}/` },
      to: { path: '^src/', pathNot: within([floor, ...below]) },
    })),
    ...Object.entries(rooms).flatMap(([floor, each]) =>
      Object.entries(each).map(([room, below]) => ({
        name: `${floor}-${room}-imports-only-downwards`,
        severity: 'error',
        from: { path: `^src/${floor}/${room}/` },
        to: { path: `^src/${floor}/`, pathNot: within([room, ...below].map((name) => `${floor}/${name}`)) },
      })),
    ),
    {
      name: 'the-fake-netlink-knows-no-family-but-nlctrl',
      comment: 'What plays netlink for IPVS is to play it for any other family.',
      severity: 'error',
      from: { path: '^src/testing/netlink/' },
      to: { path: '^src/(ipvs|rtnetlink|conntrack)/' },
    },
    {
      name: 'nobody-imports-the-command',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-linux-loads-the-native-binding',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/linux/libc.ts$' },
      to: { path: 'node_modules/koffi' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
