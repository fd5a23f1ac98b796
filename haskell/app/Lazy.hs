-- | The client @haskell-lazy@: it prints only the poems, while they arrive.
module Lazy (main) where

import qualified Poetry.Client as Client
import Poetry.Client.Lazy (getPoetry)

main :: IO ()
main = Client.run getPoetry
