-- | @haskell-announcing [--timeout SECONDS] [host:]port ...@: a line of progress per line of poetry.
module Announcing (main) where

import qualified Poetry.Client as Client
import Poetry.Client.Announcing (getPoetry)

main :: IO ()
main = Client.run getPoetry
