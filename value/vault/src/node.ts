export { createFileStore } from './store/fileStore.js'
