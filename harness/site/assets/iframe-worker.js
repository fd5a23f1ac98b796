// Browsers refuse web workers to a page that is opened as a file.  On such pages the script of the search, which is
// written as a worker, runs in a hidden frame instead, and exchanges the same messages with the page.
class FrameWorker extends EventTarget {
  constructor(url) {
    super();
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    document.body.append(this.frame);
    const inside = this.frame.contentWindow;
    inside.document.open();
    inside.document.write("<!DOCTYPE html><body></body>");
    inside.document.close();

    const load = (source) => new Promise((loaded, failed) => {
      const script = inside.document.createElement("script");
      script.src = new URL(source, document.baseURI);
      script.onload = loaded;
      script.onerror = failed;
      inside.document.body.append(script);
    });
    // What a worker finds in its global scope.
    inside.importScripts = (...sources) => sources.reduce((before, one) => before.then(() => load(one)), Promise.resolve());
    inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
    this.ready = load(url);
  }

  postMessage(data) {
    this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })));
  }

  terminate() {
    this.frame.remove();
  }
}

window.IFrameWorker = FrameWorker; // by this name the theme knows that its worker is in a frame
if (location.protocol === "file:") window.Worker = FrameWorker;
