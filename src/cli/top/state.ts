import type { Key } from './terminal.ts';
import { lastOffset, shownColumns, type View } from './view.ts';

/** How the view changes with a key; undefined: to its end. */
export function pressed(view: View, key: Key, size: { columns: number; rows: number }): View | undefined {
  const { name, sequence = '', ctrl = false } = key;
  if (view.typing) return typed(view, key);
  if (ctrl) return view;
  if (name === 'q') return undefined;
  if (name === 'r') return { ...view, ascending: !view.ascending };
  if (name === 'escape') return { ...view, filter: '', offset: 0 };
  if (sequence === '/') return { ...view, typing: true, offset: 0 };
  if (sequence === '>' || name === 'right') return sortedBeside(view, 1, size.columns);
  if (sequence === '<' || name === 'left') return sortedBeside(view, -1, size.columns);
  const page = Math.max(1, size.rows - 3);
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    down: 1,
    pageup: -page,
    pagedown: page,
    home: -view.offset,
    end: Number.MAX_SAFE_INTEGER,
  };
  const step = steps[name ?? ''] ?? 0;
  return { ...view, offset: Math.min(Math.max(0, view.offset + step), lastOffset(view, size.rows)) };
}

function typed(view: View, { name, sequence = '', ctrl = false }: Key): View {
  if (name === 'return' || name === 'enter') return { ...view, typing: false };
  if (name === 'escape') return { ...view, typing: false, filter: '' };
  if (name === 'backspace') return { ...view, filter: view.filter.slice(0, -1) };
  return !ctrl && /^[\x20-\x7e]$/.test(sequence) ? { ...view, filter: view.filter + sequence } : view;
}

function sortedBeside(view: View, step: number, width: number): View {
  const shown = shownColumns(width);
  const index = (shown.indexOf(view.sortBy) + step + shown.length) % shown.length;
  return { ...view, sortBy: shown[index] ?? view.sortBy };
}
