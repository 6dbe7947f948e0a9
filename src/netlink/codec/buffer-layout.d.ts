/** The part of buffer-layout 1.2 that this package uses; the package ships no types of its own. */
declare module 'buffer-layout' {
  export interface Layout {
    readonly span: number;
    readonly property?: string;
  }
  export interface Structure extends Layout {
    offsetOf(property: string): number | undefined;
  }
  export function u8(property?: string): Layout;
  export function u16(property?: string): Layout;
  export function u32(property?: string): Layout;
  export function s32(property?: string): Layout;
  export function struct(fields: Layout[], property?: string): Structure;
}
