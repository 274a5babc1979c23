import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoryReport } from './report.js'

/**
 * What of the story is done, on disk after each chapter: a devnet that is stopped in the middle goes on where it was, and
 * one that has told its story does not tell it again.
 */
export class Journal {
  private constructor(
    private readonly path: string,
    private readonly chapters: Partial<StoryReport>,
  ) {}

  /** @throws when the file is there but not readable as JSON. */
  static open(stateDir: string): Journal {
    const path = join(stateDir, 'story.json')
    if (!existsSync(path)) return new Journal(path, {})
    try {
      return new Journal(path, JSON.parse(readFileSync(path, 'utf8')) as Partial<StoryReport>)
    } catch (cause) {
      throw new Error(`${path} is damaged; delete it to tell the story again`, { cause })
    }
  }

  /** The chapter as it was told before, or as `tell` tells it now. */
  async chapter<K extends keyof StoryReport>(
    name: K,
    tell: () => Promise<StoryReport[K]>,
  ): Promise<StoryReport[K]> {
    const told = this.chapters[name]
    if (told !== undefined) return told
    const chapter = await tell()
    this.chapters[name] = chapter
    writeFileSync(`${this.path}.new`, `${JSON.stringify(this.chapters, null, 2)}\n`)
    renameSync(`${this.path}.new`, this.path)
    return chapter
  }
}
