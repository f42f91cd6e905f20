// A plugin of typedoc: groups what is public by the room of its source, in the words of a user.
import { Comment, CommentTag, Converter } from 'typedoc';

/** Folder or file of a source → the category of what it exports. The first that fits counts. */
const CATEGORIES = [
  [/src\/(pipelines|image|input)\//, 'Predict'],
  [/src\/loading\/savePretrained|src\/pretrained\/convert/, 'Save'],
  [/src\/(loading|hub|weights)\//, 'Load'],
  [/src\/(pretrained|model|tensor|dtype|activations)/, 'Models'],
  [/src\/explain\//, 'Explain'],
  [/src\/serve\//, 'Serve'],
  [/src\/train\//, 'Train'],
  [/src\/errors/, 'Errors'],
  [/src\//, 'Runtimes'],
];

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of [project, ...(project.children ?? [])]) {
      for (const reflection of module.children ?? []) categorize(reflection);
    }
  });
}

function categorize(reflection) {
  const file = reflection.sources?.[0]?.fullFileName ?? '';
  const category = CATEGORIES.find(([pattern]) => pattern.test(file))?.[1];
  if (!category) return;
  // functions have their comments on their signatures
  for (const commented of reflection.signatures ?? [reflection]) {
    commented.comment ??= new Comment();
    commented.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category }]));
  }
}
