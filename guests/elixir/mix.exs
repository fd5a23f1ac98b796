defmodule GetPoetry.MixProject do
  use Mix.Project

  def project do
    # With +Bd, SIGINT ends the program instead of opening the runtime's menu.
    escript = [main_module: GetPoetry, path: "get-poetry", emu_args: "+Bd"]
    [app: :get_poetry, version: "1.0.0", elixir: "~> 1.18", escript: escript]
  end
end
