/** Whether this machine stores the low byte first; netlink headers and most attributes are in host byte order. */
export const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
