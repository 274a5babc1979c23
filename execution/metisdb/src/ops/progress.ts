/** Told now and then: how much is done, from 0 to 1, and in words. */
export type Progress = (done: number, text: string) => void
