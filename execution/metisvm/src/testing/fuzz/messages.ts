/** What a worker process is told to do. */
export type Task = {
  seed: number
  /** Number of the worker, part of its seed. */
  worker: number
  programs: number
  trees: number
  /** Folders of programs to begin with. */
  corpus: string[]
  /** Where failing cases go. */
  failures: string
}

export type Progress = {
  programs: number
  trees: number
  /** Executions with one gas limit after the other. */
  boundaries: number
  corpus: number
  /** Share of the compiler's source that has run. */
  coverage: number
}

export type FromWorker =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'found'; code: string }
  | { kind: 'failed'; file: string; text: string }
  | { kind: 'done' }

export type ToWorker = { kind: 'task'; task: Task } | { kind: 'found'; code: string } | { kind: 'stop' }
