// Counts by address what the core executes between two addresses, as qemu_count/count.c does.
import fs from 'node:fs';

/**
 * Return a function to be called with the addresses of an executed instruction and of the next one.
 *
 * `words`: start=ADDRESS,stop=ADDRESS,base=ADDRESS,size=BYTES,out=FILE, numbers hexadecimal. A set
 * of counts begins at `start`; at `stop` it is appended to the file.
 */
export function counter(words, core) {
  const given = Object.fromEntries(words.split(',').map((word) => word.split('=')));
  const [start, stop, base, size] = ['start', 'stop', 'base', 'size'].map((name) => parseInt(given[name], 16));
  if ([start, stop, base, size].some(Number.isNaN) || !given.out) {
    throw new Error(`cannot count from ${words}`);
  }
  const executions = new Float64Array(size / 2 + 1);
  const taken = new Float64Array(size / 2 + 1);

  function write() {
    const lines = [];
    executions.forEach((count, index) => {
      if (count > 0) {
        lines.push(`${(base + 2 * index).toString(16)} ${count} ${taken[index]}\n`);
      }
    });
    fs.appendFileSync(given.out, `${lines.join('')}end\n`);
  }

  return (address, next) => {
    if (address === start) {
      executions.fill(0);
      taken.fill(0);
    } else if (address === stop) {
      write();
    }
    const index = (address - base) / 2;
    if (index >= 0 && index < executions.length) {
      const wide = core.readUint16(address) >> 11 > 0b11100;
      executions[index] += 1;
      taken[index] += next !== address + (wide ? 4 : 2);
    }
  };
}
