// Tabs as the ARIA practices have them: arrows move, and the panel that is shown takes what is pasted or dropped.
import { button, make } from './dom.ts';
import { blobsOf } from './pictures.ts';

export interface Panel {
  readonly content: readonly Node[];
  /** Pictures that were pasted or dropped while it is shown. */
  take(blobs: Blob[], at: Element | null): void;
  failed(error: unknown): void;
  leave(): void;
}

interface Tab {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** Made when it is first shown. */
  open(): Panel;
}

export function showTabs(list: HTMLElement, place: HTMLElement, tabs: readonly Tab[]): void {
  const panels = new Map<string, Panel>();
  let shown: Tab | null = null;
  const buttons = tabs.map((tab) =>
    button(tab.title, () => show(tab), { role: 'tab', id: `tab-${tab.id}`, 'aria-controls': `panel-${tab.id}` }),
  );
  const sections = tabs.map((tab) =>
    make(
      'section',
      { role: 'tabpanel', id: `panel-${tab.id}`, 'aria-labelledby': `tab-${tab.id}`, hidden: true },
      make('p', { class: 'about' }, tab.about),
    ),
  );
  list.replaceChildren(...buttons);
  place.replaceChildren(...sections);

  function show(tab: Tab): void {
    const index = tabs.indexOf(tab);
    if (shown && shown !== tab) panels.get(shown.id)?.leave();
    if (!panels.has(tab.id)) {
      const panel = tab.open();
      panels.set(tab.id, panel);
      sections[index].append(...panel.content);
    }
    shown = tab;
    for (const [i, each] of buttons.entries()) {
      each.setAttribute('aria-selected', String(i === index));
      each.tabIndex = i === index ? 0 : -1;
      sections[i].hidden = i !== index;
    }
    buttons[index].scrollIntoView({ block: 'nearest', inline: 'nearest' });
    history.replaceState(null, '', `#${tab.id}`);
  }

  list.addEventListener('keydown', ({ key }) => {
    const at = tabs.indexOf(shown!);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[key];
    if (to === undefined) return;
    const next = (to + tabs.length) % tabs.length;
    show(tabs[next]);
    buttons[next].focus();
  });
  takeTransfers(() => panels.get(shown!.id)!);
  const named = () => tabs.find(({ id }) => `#${id}` === location.hash);
  addEventListener('hashchange', () => show(named() ?? tabs[0]));
  show(named() ?? tabs[0]);
}

/** Paste and drop, anywhere on the page. */
function takeTransfers(panel: () => Panel): void {
  const give = async (transfer: DataTransfer | null, at: Element | null) => {
    if (!transfer) return;
    try {
      panel().take(await blobsOf(transfer), at);
    } catch (error) {
      panel().failed(error);
    }
  };
  addEventListener('paste', (event) => {
    if ((event.target as Element).closest?.('input[type="text"]')) return;
    void give(event.clipboardData, document.activeElement);
  });
  addEventListener('dragover', (event) => {
    event.preventDefault();
    document.body.classList.add('dragging');
  });
  const end = () => document.body.classList.remove('dragging');
  addEventListener('dragleave', (event) => event.relatedTarget === null && end());
  addEventListener('drop', (event) => {
    event.preventDefault();
    end();
    void give(event.dataTransfer, event.target as Element);
  });
}
