import { InputError } from 'ipvs';
import { type CurrentTable, hasTable, parseDocument, parseTable } from './current.ts';
import type { Elements } from './elements.ts';
import type { Command, Family, NftDocument } from './json.ts';
import { NftablesError } from './nftables-error.ts';
import { type RuleSettings, tableRules } from './rules.ts';
import { runNft } from './run-nft.ts';
import { membersOf, recordedIn } from './sets.ts';
import { compareMembers, countMembers, memberCommands, nftablesTransaction, removeTable } from './transaction.ts';

/** How the packet filter is set up. */
export interface NftablesOptions {
  /** Name of the tables, one of each family. Default `'ipvs-kubernetes'`. */
  readonly table?: string | undefined;
  /** The bit of connection marks that belongs to the agent, a power of two. Default 0x4000. */
  readonly masqueradeBit?: number | undefined;
  /** Source ports to masquerade with; no node port may be among them. Default 32768 to 65535. */
  readonly masqueradePorts?: readonly [first: number, last: number] | undefined;
  /** The program to run, and the words before its own. Default `['nft']`. */
  readonly program?: readonly string[] | undefined;
  /** Milliseconds after which nft is ended. Default 30,000. */
  readonly timeout?: number | undefined;
}

/** Options of every operation. */
export interface NftablesOperationOptions {
  /** Ends nft; what it changed by then is changed, all or nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** What an operation did. */
export interface NftablesOutcome {
  /** Families whose table was made, or made anew since its rules were others. */
  readonly created: readonly Family[];
  /** Members of sets that were added and removed. */
  readonly added: number;
  readonly removed: number;
}

const families: readonly Family[] = ['ip', 'ip6'];

/**
 * The agent's own tables of the packet filter, one for IPv4 and one for IPv6: rules that never change, and the sets that they
 * look up. Both change together, in one transaction; every other table is left alone.
 *
 * Calls are carried out one after the other.
 */
export class Nftables {
  readonly #settings: RuleSettings;
  readonly #program: readonly string[];
  readonly #timeout: number;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws InputError for an invalid option */
  constructor(options: NftablesOptions = {}) {
    const { table = 'ipvs-kubernetes', masqueradeBit = 0x4000, masqueradePorts = [32768, 65535] } = options;
    if (!/^[a-z][\w-]{0,63}$/i.test(table))
      throw new InputError('must be a name of letters, digits and hyphens', table, 'table');
    if (!Number.isInteger(Math.log2(masqueradeBit)) || masqueradeBit > 0x8000_0000)
      throw new InputError('must be a power of two of 32 bits', masqueradeBit, 'masqueradeBit');
    const [first, last] = masqueradePorts;
    if (!(Number.isInteger(first) && Number.isInteger(last) && 1 <= first && first <= last && last <= 65535))
      throw new InputError('must be two ports, the first not above the last', masqueradePorts, 'masqueradePorts');
    this.#settings = { table, masqueradeBit, masqueradePorts };
    this.#program = options.program ?? ['nft'];
    this.#timeout = options.timeout ?? 30_000;
  }

  /**
   * Makes the sets hold these elements, and nothing else: reads what stands, and changes what differs.
   * @throws NftablesError
   */
  apply(wanted: Elements, options: NftablesOperationOptions = {}): Promise<NftablesOutcome> {
    return this.#inTurn(async () => {
      const created: Family[] = [];
      const commands: Command[] = [];
      let [added, removed] = [0, 0];
      for (const [family, current] of await this.#read(options)) {
        const members = membersOf(family, wanted);
        const changes = compareMembers(current?.members ?? new Map(), members);
        if (!current?.intact) created.push(family);
        added += countMembers(current?.intact ? changes.added : members);
        removed += countMembers(changes.removed);
        commands.push(...nftablesTransaction(family, this.#settings, current, members));
      }
      await this.#execute(commands, options);
      return { created, added, removed };
    });
  }

  /**
   * Adds and removes some elements without reading what stands, at a cost that does not grow with it. Pods are changed by
   * {@link apply} alone. Rejects, and changes nothing, where the sets do not hold what is to be removed; `apply` then mends.
   * @throws NftablesError
   */
  change(added: Elements, removed: Elements, options: NftablesOperationOptions = {}): Promise<NftablesOutcome> {
    return this.#inTurn(async () => {
      if (added.pods.length + removed.pods.length > 0)
        throw new InputError('must be changed by apply', [...added.pods, ...removed.pods], 'pods');
      const commands: Command[] = [];
      const counts = { added: 0, removed: 0 };
      for (const family of families) {
        const changes = compareMembers(membersOf(family, removed), membersOf(family, added));
        counts.added += countMembers(changes.added);
        counts.removed += countMembers(changes.removed);
        commands.push(...memberCommands(family, this.#settings.table, changes));
      }
      await this.#execute(commands, options);
      return { created: [], ...counts };
    });
  }

  /**
   * Whether both tables stand as they were made, and their sets hold these elements and no others.
   * @throws NftablesError
   */
  holds(wanted: Elements, options: NftablesOperationOptions = {}): Promise<boolean> {
    return this.#inTurn(async () =>
      [...(await this.#read(options))].every(([family, current]) => {
        const { added, removed } = compareMembers(current?.members ?? new Map(), membersOf(family, wanted));
        return current?.intact && countMembers(added) + countMembers(removed) === 0;
      }),
    );
  }

  /**
   * The virtual services that the sets name as they stand, whatever the rules are: what an agent has made says so after a
   * restart as well. None where there is no table.
   * @throws NftablesError
   */
  recorded(options: NftablesOperationOptions = {}): Promise<Pick<Elements, 'services' | 'marks'>> {
    return this.#inTurn(async () => {
      const tables = [...(await this.#read(options)).values()].map((table) => recordedIn(table?.members ?? new Map()));
      return { services: tables.flatMap(({ services }) => services), marks: tables.flatMap(({ marks }) => marks) };
    });
  }

  /** Removes both tables, if they are there. @throws NftablesError */
  remove(options: NftablesOperationOptions = {}): Promise<void> {
    const { table } = this.#settings;
    return this.#inTurn(() =>
      this.#execute(
        families.flatMap((family) => removeTable(family, table)),
        options,
      ),
    );
  }

  /** The tables as they stand; undefined where there is none. */
  async #read(options: NftablesOperationOptions): Promise<Map<Family, CurrentTable | undefined>> {
    const { table } = this.#settings;
    const tables = await this.#ask(['list', 'tables'], options);
    const current = new Map<Family, CurrentTable | undefined>();
    for (const family of families) {
      const listed = hasTable(tables, family, table) && (await this.#ask(['list', 'table', family, table], options));
      current.set(family, listed ? parseTable(family, listed, tableRules(family, this.#settings)) : undefined);
    }
    return current;
  }

  async #ask(words: readonly string[], options: NftablesOperationOptions): Promise<NftDocument> {
    const text = await this.#run(['-j', ...words], '', options);
    try {
      return parseDocument(text);
    } catch (cause) {
      const message = `nft ${words.join(' ')} printed what is not its JSON: ${cause instanceof Error ? cause.message : cause}`;
      throw new NftablesError('unreadable', message, text.slice(0, 1000), cause);
    }
  }

  async #execute(commands: readonly Command[], options: NftablesOperationOptions): Promise<void> {
    if (commands.length === 0) return;
    // By this path rather than `-`, which nft takes for /dev/stdin: not every system has that.
    await this.#run(['-j', '-f', '/proc/self/fd/0'], JSON.stringify({ nftables: commands }), options);
  }

  #run(words: readonly string[], input: string, { signal }: NftablesOperationOptions): Promise<string> {
    return runNft(words, input, { program: this.#program, timeout: this.#timeout, signal });
  }

  /** Runs an operation when those before it are done, however they ended. */
  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(operation, operation);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
