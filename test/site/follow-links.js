// Runs in the browser, whose parser and URLs decide what a link is; crawl.ts calls it.
async (site) => {
  const pages = new Map();
  const external = new Set();
  const read = async (address) => {
    const response = await fetch(address);
    if (!response.ok) return;
    if (!response.headers.get('content-type')?.startsWith('text/html')) {
      pages.set(address, { ids: new Set(), links: [] });
      return;
    }
    const parsed = new DOMParser().parseFromString(await response.text(), 'text/html');
    const base = parsed.createElement('base');
    base.href = address;
    parsed.head.prepend(base);
    const links = [...parsed.querySelectorAll('a[href]')].map(({ href }) => href);
    const parts = [...parsed.querySelectorAll('link[href], script[src], img[src]')].map(
      (each) => new URL(each.getAttribute('href') ?? each.getAttribute('src') ?? '', address).href,
    );
    const ids = new Set([...parsed.querySelectorAll('[id]')].map(({ id }) => id));
    pages.set(address, { ids, links: [...links, ...parts] });
  };
  const pageOf = (link) => link.replace(/#.*$/, '').replace(/\?.*$/, '');
  let next = [site];
  while (next.length > 0) {
    for (const address of next) pages.set(address, undefined);
    await Promise.all(next.map(read));
    const found = new Set();
    for (const address of next)
      for (const link of pages.get(address)?.links ?? []) {
        if (!link.startsWith(site)) external.add(link);
        else if (!pages.has(pageOf(link))) found.add(pageOf(link));
      }
    next = [...found];
  }
  const broken = [];
  for (const [address, read] of pages)
    for (const link of read?.links ?? []) {
      if (!link.startsWith(site)) continue;
      const target = pages.get(pageOf(link));
      const [, id = ''] = /#(.*)$/.exec(link) ?? [];
      if (!target || (id !== '' && !target.ids.has(decodeURIComponent(id)))) broken.push(`${address} -> ${link}`);
    }
  return { pages: [...pages.keys()].map((each) => each.slice(site.length)), broken, external: [...external] };
};
