// <layer-diff> in Vue: see CompareTags.vue.

import { createApp } from 'vue'
import CompareTags from './CompareTags.vue'

createApp(CompareTags).mount('#app')
