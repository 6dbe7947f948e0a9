import type { Command } from './command.ts';

/**
 * The subcommands, in the order of help. Each is loaded when it is called for, so that a listing starts as fast as it
 * would without them.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  info: async () => (await import('./info.ts')).info,
  plan: async () => (await import('./plan.ts')).plan,
  apply: async () => (await import('./apply.ts')).apply,
  drain: async () => (await import('./drain.ts')).drain,
  pool: async () => (await import('./pool.ts')).pool,
  watch: async () => (await import('./watch.ts')).watch,
  top: async () => (await import('./top.ts')).top,
  exporter: async () => (await import('./exporter.ts')).exporter,
  completion: async () => (await import('./completion.ts')).completion,
};
