import { Converter } from 'typedoc';

/**
 * A plugin of typedoc: guides go by their headings instead of the names of their files.
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [, heading] = /^# (.+)$/m.exec(document.content[0]?.text ?? '') ?? [];
    if (heading) document.name = heading;
  });
}
