-- | @haskell-lazy [--timeout SECONDS] [host:]port ...@: the poems alone, as they come.
module Lazy (main) where

import qualified Poetry.Client as Client
import Poetry.Client.Lazy (getPoetry)

main :: IO ()
main = Client.run getPoetry
