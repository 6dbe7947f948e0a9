import { describe, test } from 'vitest';
import { checkCapture } from '../contract/capture.ts';
import { restoreText } from '../support/ipvsadm/ipvsadm.ts';
import { rulesFor } from '../support/ipvsadm/rules.ts';
import { formatExchanges, readNetlinkCapture } from '../support/netlink/pcap.ts';
import { agent, enterFreshNamespace, guest, saveRecording } from './bed.ts';

const FILE = '/tmp/nlmon.pcap';

/** Restores the rules on stdin and lists the table, and waits on both sides until a capture has begun and is written. */
const SCRIPT = `
ip link add nlmon0 type nlmon && ip link set nlmon0 up || exit
tcpdump -i nlmon0 -Z root -B 16384 -U -w ${FILE} 2> /tmp/tcpdump &
until grep -q listening /tmp/tcpdump; do sleep 0.1; done
ipvsadm -R && ipvsadm -Ln
status=$?
size=
until [ "$size" = "$(wc -c < ${FILE})" ]; do size=$(wc -c < ${FILE}); sleep 1; done
kill -INT %1
wait
exit $status
`;

export function captureTests(): void {
  describe('on the wire', () => {
    test('ipvsadm sends the attributes that we send', () => {
      enterFreshNamespace();
      const rules = rulesFor(guest.kernel);
      agent.run(['sh', '-c', SCRIPT], restoreText(rules));
      const exchanges = readNetlinkCapture(agent.readFile(FILE).data);
      checkCapture({ exchanges, files: [], littleEndian: false }, rules);
      const title = 'ipvsadm -R of a table with everything, then ipvsadm -Ln; captured on nlmon';
      saveRecording('ipvsadm', title, formatExchanges(exchanges));
    });
  });
}
