// The page: a tab for each thing that the library does with a picture.
import { attendPanel } from './panels/attend.ts';
import { classifyPanel } from './panels/classify.ts';
import { fillPanel } from './panels/fill.ts';
import { searchPanel } from './panels/search.ts';
import { segmentPanel } from './panels/segment.ts';
import { teachPanel } from './panels/teach.ts';
import { showTabs } from './parts/tabs.ts';

const byId = (id: string) => document.getElementById(id)!;

showTabs(byId('tabs'), byId('panels'), [
  {
    id: 'classify',
    title: 'Classify',
    about: 'What is on the picture, with how sure the model is.',
    open: classifyPanel,
  },
  {
    id: 'attend',
    title: 'Attention',
    about: 'Where the model looks: all layers followed through, or one head of one layer.',
    open: attendPanel,
  },
  {
    id: 'segment',
    title: 'Segment',
    about: 'What each pixel belongs to. Point at the legend to see one class alone.',
    open: segmentPanel,
  },
  {
    id: 'fill',
    title: 'Fill in',
    about: 'Hide a part of the picture, and the model says what is behind: the task it was pre-trained on.',
    open: fillPanel,
  },
  {
    id: 'search',
    title: 'Search',
    about: 'Which of your pictures are alike, by the cosine of their features.',
    open: searchPanel,
  },
  {
    id: 'teach',
    title: 'Teach',
    about: 'Teach it classes of your own from a few pictures each, in seconds, and take the model with you.',
    open: teachPanel,
  },
]);
