/** Which piece of source an instruction was made of, and whether a jump goes into a function or out of one. */
export type SourcePosition = {
  /** bytes from the start of the file */
  start: number
  length: number
  /** Number of the file in its compilation; -1 for code that stands in no file. */
  file: number
  jump: 'i' | 'o' | '-'
}

/** solc's compressed source map: `s:l:f:j:m` for each instruction, where what is left out is as before. */
export function parseSourceMap(text: string): SourcePosition[] {
  let [start, length, file, jump] = ['0', '0', '-1', '-']
  return text.split(';').map((entry) => {
    const [s, l, f, j] = entry.split(':')
    start = s || start
    length = l || length
    file = f || file
    jump = j || jump
    return { start: Number(start), length: Number(length), file: Number(file), jump: jump as 'i' | 'o' | '-' }
  })
}

/** Number of the instruction at each code offset where one begins. */
export function instructionNumbers(code: Uint8Array): Map<number, number> {
  const numbers = new Map<number, number>()
  for (let at = 0; at < code.length; at++) {
    numbers.set(at, numbers.size)
    const opcode = code[at]!
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f
  }
  return numbers
}
