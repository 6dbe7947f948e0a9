import { type ServiceFields, type ServiceKey, writeServiceKey } from './service-key.ts';
import { service } from './tables.ts';

type Parts = Partial<Record<'protocol' | 'address' | 'port' | 'fwmark' | 'family', unknown>>;

/**
 * The attributes that identify a service, checked and encoded once for all calls in a row that name the same one: the
 * destinations of a table are added a service at a time.
 */
export class PreparedKey {
  #parts: Parts = {};
  #fields: ServiceFields | undefined;

  /** Throws InputError. */
  of(key: ServiceKey): ServiceFields {
    const parts: Parts = key ?? {};
    if (this.#fields && same(parts, this.#parts)) return this.#fields;
    const { protocol, address, port, fwmark, family } = parts;
    this.#fields = service.prepare(writeServiceKey(key));
    this.#parts = { protocol, address, port, fwmark, family };
    return this.#fields;
  }
}

function same(a: Parts, b: Parts): boolean {
  return (
    a.address === b.address &&
    a.port === b.port &&
    a.protocol === b.protocol &&
    a.fwmark === b.fwmark &&
    a.family === b.family
  );
}
