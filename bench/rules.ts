/** The table of bench/native/table.c as ipvsadm -R takes it. */
export function rules(services: number, each: number): string {
  const lines = Array.from({ length: services }, (_, i) => {
    const service = `-t 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80`;
    const server = (j: number) => `-a ${service} -r 172.16.${(j + 1) >> 8}.${(j + 1) & 255}:8080 -m -w 1\n`;
    return `-A ${service} -s rr\n${Array.from({ length: each }, (_, j) => server(j)).join('')}`;
  });
  return lines.join('');
}
